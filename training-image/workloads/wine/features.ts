/** Columns of the data set, in its order. */
export const wineFeatures = [
  { name: "alcohol" },
  { name: "malic_acid" },
  { name: "ash" },
  { name: "alcalinity_of_ash" },
  { name: "magnesium" },
  { name: "total_phenols" },
  { name: "flavanoids" },
  { name: "nonflavanoid_phenols" },
  { name: "proanthocyanins" },
  { name: "color_intensity" },
  { name: "hue" },
  { name: "od280/od315_of_diluted_wines" },
  { name: "proline" },
] as const;
