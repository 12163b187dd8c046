/**
 * tree: files and links below a folder, changed as a reader of the kernel's would see it: whole or not at all.
 *
 * A file is written beside the tree and moved into its place. A device that leaves loses its link first, and gets it
 * last when it comes: nobody sees half of it. The first state of all is made aside too, and appears at once.
 */
import { mkdir, readdir, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { Fault } from "../../../protocol/index.ts";

/** Tells a folder of ours from anybody else's. */
const MARK = ".simulated-by-tributary";

/** Reading it is EIO: the first page of a process' memory is never mapped. */
const UNREADABLE = "/proc/self/mem";

export class Tree {
  readonly root: string;
  readonly #workshop: string;
  /** Where the tree is made until it is revealed; then its root. */
  #place: string;
  /** What stands where, to write only what changes; a broken file stands as `UNREADABLE`. */
  readonly #known = new Map<string, string>();

  private constructor(root: string) {
    this.root = root;
    this.#workshop = path.join(root, MARK);
    this.#place = path.join(this.#workshop, "first");
  }

  /** In a new or empty folder, or in place of a tree of before. @throws Fault `dir_taken`, `not_writable`. */
  static async open(dir: string): Promise<Tree> {
    const root = path.resolve(dir);
    try {
      await mkdir(root, { recursive: true });
      const there = await readdir(root);
      if (there.length > 0 && !there.includes(MARK)) {
        throw new Fault(
          "dir_taken",
          `--dir ${dir}: expected a new or empty folder, or one of before, got ${there.slice(0, 5).join(", ")}`,
          {
            hint: "name another folder: nothing in this one was touched",
          },
        );
      }
      if (there.includes(MARK))
        for (const name of ["sys", "proc", "dev", "boot", MARK]) await rm(path.join(root, name), { recursive: true, force: true });
      await mkdir(path.join(root, MARK, "first"), { recursive: true });
    } catch (error) {
      if (error instanceof Fault || !(error instanceof Error && "syscall" in error && "code" in error)) throw error;
      throw new Fault("not_writable", `--dir ${dir}: expected to be allowed to write there, got ${error.code}`, {
        hint: "name a folder of yours",
        cause: error,
      });
    }
    return new Tree(root);
  }

  /** Lets the first state be seen; later ones are seen as they come. `sys`, by which a machine is known, appears last and whole. */
  async reveal(): Promise<void> {
    if (this.#place === this.root) return;
    const names = await readdir(this.#place);
    for (const name of names.toSorted((a, b) => Number(a === "sys") - Number(b === "sys")))
      await rename(path.join(this.#place, name), path.join(this.root, name));
    this.#place = this.root;
  }

  async put(file: string, text: string): Promise<void> {
    await this.#put(file, text, (made) => writeFile(made, text));
  }

  /** Makes a file that cannot be read: EIO. */
  async breakFile(file: string): Promise<void> {
    await this.#put(file, UNREADABLE, (made) => symlink(UNREADABLE, made));
  }

  /** @param target another place in the tree. */
  async link(file: string, target: string): Promise<void> {
    const relative = path.relative(path.dirname(file), target) || ".";
    await this.#put(file, `-> ${relative}`, (made) => symlink(relative, made));
  }

  async remove(place: string): Promise<void> {
    await rm(path.join(this.#place, place), { recursive: true, force: true });
    for (const file of this.#known.keys()) if (file === place || file.startsWith(`${place}/`)) this.#known.delete(file);
  }

  async folder(place: string): Promise<void> {
    await mkdir(path.join(this.#place, place), { recursive: true });
  }

  async #put(file: string, content: string, make: (made: string) => Promise<void>): Promise<void> {
    if (this.#known.get(file) === content) return;
    const made = path.join(this.#workshop, "next");
    await rm(made, { force: true });
    await make(made);
    await this.folder(path.dirname(file));
    await rename(made, path.join(this.#place, file));
    this.#known.set(file, content);
  }
}
