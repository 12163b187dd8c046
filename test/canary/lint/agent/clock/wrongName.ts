export {}; // <- lint/style/useFilenamingConvention
