/**
 * A fetch whose process dies at a request: that one and all later ones are never answered.
 * @param deadline number of the request, from 0
 * @param reached whether the server still got that request
 * @param ask what asks the server
 */
export function dyingFetch(
  deadline: number,
  reached: "before" | "after",
  ask: typeof fetch = fetch,
): typeof fetch {
  let count = 0;
  return async (...request) => {
    const mine = count++;
    if (mine > deadline || (mine === deadline && reached === "before")) throw new Error("dead");
    const answer = await ask(...request);
    if (mine === deadline) throw new Error("dead");
    return answer;
  };
}
