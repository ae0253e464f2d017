import { removeCheckout } from "./platform.ts";

/** However the story ended, its cluster and its clone go. */
export async function teardown(): Promise<void> {
  await removeCheckout();
}
