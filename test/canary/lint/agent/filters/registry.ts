import "./range.ts";
import "../sampling/sampler.ts"; // <- lint/style/noRestrictedImports
