import { ApiException } from "@kubernetes/client-node";

/** What the API server has, or undefined where it has nothing of that name. */
export async function orMissing<T>(question: Promise<T>): Promise<T | undefined> {
  try {
    return await question;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
