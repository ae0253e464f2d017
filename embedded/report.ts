/** Says what is being done or waited for, a line at a time. */
export type Report = (message: string) => void;
