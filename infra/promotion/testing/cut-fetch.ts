/** A fetch that cuts the connection in the middle of one answer's body. @param turn number of the request, from 0 */
export function cutFetch(turn: number, ask: typeof fetch): typeof fetch {
  let count = 0;
  return async (...request) => {
    const answer = await ask(...request);
    if (count++ !== turn) return answer;
    const bytes = new Uint8Array(await answer.arrayBuffer());
    const body = new ReadableStream({
      start(controller) {
        controller.enqueue(bytes.subarray(0, Math.floor(bytes.length / 2)));
        controller.error(new Error("the connection was cut"));
      },
    });
    return new Response(body, { status: answer.status });
  };
}
