// What `import ... from "wafer/personalization"` gives: the bureau's parts, over any Card.
export type { Card } from "./card.ts";
