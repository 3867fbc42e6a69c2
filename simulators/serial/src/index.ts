export const name = "serial";
