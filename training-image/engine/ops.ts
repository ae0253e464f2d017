/** Operators by family. Each one of floats carries its gradient, unless its comment says that it has none. */
export * from "./ops/choose.ts";
export * from "./ops/convolution.ts";
export * from "./ops/elementwise.ts";
export * from "./ops/gather.ts";
export * from "./ops/matmul.ts";
export * from "./ops/pooling.ts";
export * from "./ops/reduce.ts";
export * from "./ops/shape.ts";
