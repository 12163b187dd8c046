export enum Colour { // <- TS1294
  Red,
}
export namespace Shapes { // <- TS1294
  export const corners = 4;
}
export class Point {
  constructor(readonly x: number) {} // <- TS1294
}
