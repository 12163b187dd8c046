import fs from "fs"; // <- lint/style/useNodejsImportProtocol
import "./journal"; // <- lint/correctness/useImportExtensions
export default fs; // <- lint/style/noDefaultExport
