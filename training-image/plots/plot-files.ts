/** Files of packages that are read when the first chart is drawn; an image has to carry them (see build.ts). */
export const plotFiles = {
  rasteriser: "@resvg/resvg-wasm/index_bg.wasm",
  regular: "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  semiBold: "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
  fontLicence: "@expo-google-fonts/inter/LICENSE_FONT",
} as const;
