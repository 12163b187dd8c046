/**
 * secrets: takes out of a value what must not leave the machine, before it is put into a bundle.
 *
 * Removed are: the value of each key whose name holds a word like password, token or key; what stands behind such a
 * word in a text (`--token abc`, `password=abc`, `Bearer abc`); user and password of a URL; PEM keys. It rather removes too
 * much: a bundle is read by strangers.
 */
const REMOVED = "(removed)";

export interface Cleaned {
  readonly value: unknown;
  /** How many values were taken out. */
  readonly removed: number;
}

const WORDS = new Set(
  "auth authorization bearer cookie credential credentials key keys pass passcode passphrase passwd password passwords psk pwd secret secrets token tokens".split(
    " ",
  ),
);
const JOINED = /password|passwd|passphrase|secret|credential|apikey|accesskey|privatekey|accesstoken|authtoken/;

const IN_TEXT: readonly RegExp[] = [
  /(?<=\b[a-z][a-z0-9+.-]*:\/\/)[^\s"']*(?=@)/gi,
  /-----BEGIN [^-]*PRIVATE KEY-----[\s\S]*?(?:-----END [^-]*PRIVATE KEY-----|$)/g,
  /(?<=\b(?:bearer|basic|digest)\s+)[\w.~+/=:-]+/gi,
  /(?<=\b[\w-]*(?:password|passwd|passphrase|pwd|secret|token|credentials?|api[_-]?key|access[_-]?key|psk)["']?\s*[=:]\s*["']?)(?!\s|\(removed\))[^\s"'&;,]+/gi,
  /(?<=--?(?:[\w]+-)*(?:pass|password|passwd|passphrase|pwd|secret|token|key|psk)\s+)(?!-|\(removed\))\S+/gi,
];

export function withoutSecrets(value: unknown): Cleaned {
  let removed = 0;
  const take = () => {
    removed += 1;
    return REMOVED;
  };
  const clean = (node: unknown): unknown => {
    if (typeof node === "string") return IN_TEXT.reduce((text, pattern) => text.replace(pattern, take), node);
    if (Array.isArray(node)) return node.map((item, index) => (isFlag(node[index - 1]) && isFilled(item) ? take() : clean(item)));
    if (typeof node !== "object" || node === null) return node;
    const isPair = Object.entries(node).some(([key, name]) => /^(name|key)$/i.test(key) && typeof name === "string" && isSecretName(name));
    return Object.fromEntries(
      Object.entries(node).map(([key, inner]) => {
        const isSecret = isSecretName(key) || (isPair && /^value$/i.test(key));
        return [key, isSecret && isFilled(inner) ? take() : clean(inner)];
      }),
    );
  };
  return { value: clean(value), removed };
}

/** Is this the name of something secret? `apiKey`, `wifi_psk`, `X-Auth-Token`. */
function isSecretName(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/);
  return words.some((word) => WORDS.has(word)) || JOINED.test(words.join(""));
}

/** Does the next word of a command line hold a secret? */
function isFlag(item: unknown): boolean {
  return typeof item === "string" && /^--?[\w-]+$/.test(item) && isSecretName(item);
}

function isFilled(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "" && typeof value !== "boolean";
}
