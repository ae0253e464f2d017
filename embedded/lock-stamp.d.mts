/** Which package-lock.json the dependencies under `root` were installed from. */
export declare function lockStamp(root: string): {
  /** Whether it is the one that is there now. */
  isCurrent(): boolean;
  remove(): void;
  write(): void;
};
