/**
 * The factor L of a symmetric positive definite band matrix A = L L', kept by rows. Row i of `lower` holds A's entries
 * from the diagonal leftwards: `lower[i * (bandwidth + 1) + k]` is A[i, i - k]; the factor replaces them.
 */
export class BandedCholesky {
  private readonly size: number;
  private readonly bandwidth: number;
  private readonly lower: Float64Array;

  /** @throws Error where A is not positive definite, with the row that shows it */
  constructor(lower: Float64Array, bandwidth: number) {
    const width = bandwidth + 1;
    this.bandwidth = bandwidth;
    this.size = lower.length / width;
    this.lower = lower;
    for (let i = 0; i < this.size; i++) {
      for (let k = Math.min(i, bandwidth); k >= 0; k--) {
        const row = i - k;
        let sum = lower[i * width + k]!;
        for (let m = 1; m <= Math.min(row, bandwidth - k); m++) {
          sum -= lower[i * width + k + m]! * lower[row * width + m]!;
        }
        if (k > 0) lower[i * width + k] = sum / lower[row * width]!;
        else if (sum > 0) lower[i * width] = Math.sqrt(sum);
        else throw new Error(`the matrix is not positive definite: pivot ${sum} in row ${i}`);
      }
    }
  }

  /**
   * Replaces B by the solution of A X = B. Many right-hand sides at once take far less time than one after another.
   * @param b by rows: the numbers of all right-hand sides for the first unknown, then for the second
   */
  solve(b: Float64Array): void {
    const { size, bandwidth, lower } = this;
    const [width, columns] = [bandwidth + 1, b.length / size];
    for (let i = 0; i < size; i++) {
      subtract(b, columns, i, -1, Math.min(i, bandwidth), lower, i * width, 1);
      divide(b, columns, i, lower[i * width]!);
    }
    for (let i = size - 1; i >= 0; i--) {
      subtract(b, columns, i, 1, Math.min(size - 1 - i, bandwidth), lower, i * width, width + 1);
      divide(b, columns, i, lower[i * width]!);
    }
  }
}

/** Takes `factors[first + k * hop]` times row `row + k * towards` from row `row`, for k = 1 to count. */
function subtract(
  b: Float64Array,
  columns: number,
  row: number,
  towards: number,
  count: number,
  factors: Float64Array,
  first: number,
  hop: number,
): void {
  const to = row * columns;
  const stride = towards * columns;
  let k = 1;
  // Four rows a pass: most of the time goes into reading and writing the row that is changed.
  for (; k + 3 <= count; k += 4) {
    const at1 = first + k * hop;
    const f1 = factors[at1]!;
    const f2 = factors[at1 + hop]!;
    const f3 = factors[at1 + 2 * hop]!;
    const f4 = factors[at1 + 3 * hop]!;
    const from = to + k * stride;
    for (let c = 0; c < columns; c++) {
      const at = from + c;
      b[to + c]! -=
        f1 * b[at]! + f2 * b[at + stride]! + f3 * b[at + 2 * stride]! + f4 * b[at + 3 * stride]!;
    }
  }
  for (; k <= count; k++) {
    const f = factors[first + k * hop]!;
    const from = to + k * stride;
    for (let c = 0; c < columns; c++) b[to + c]! -= f * b[from + c]!;
  }
}

function divide(b: Float64Array, columns: number, row: number, divisor: number): void {
  for (let at = row * columns; at < (row + 1) * columns; at++) b[at]! /= divisor;
}
