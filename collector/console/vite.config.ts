/**
 * How the console becomes `dist/`: files of its own for script and style, named by what is in them.
 *
 * Relative addresses, so that it works under any path of a reverse proxy; nothing inline, for the collector sends a
 * Content-Security-Policy that allows neither inline scripts nor styles nor another host.
 */
import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  logLevel: "warn",
  build: {
    outDir: "dist",
    emptyOutDir: true,
    target: "es2022",
    assetsInlineLimit: 0,
    modulePreload: false,
  },
});
