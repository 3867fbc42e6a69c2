export const name = "virtual";
