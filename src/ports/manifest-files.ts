/** A file of manifests: `shown` is what a person reads, with `/`; `key` is the reader's own. */
export interface ManifestFile {
  readonly shown: string;
  readonly key: string;
}

export interface NotRead {
  readonly file: string;
  readonly line: number;
  readonly reason: string;
}

export interface ManifestListing {
  readonly files: readonly ManifestFile[];
  /** Files beside those that were given by name, which may say how those are rendered; no manifests of their own here. */
  readonly beside: readonly ManifestFile[];
  readonly unreadable: readonly NotRead[];
  readonly ignored: readonly NotRead[];
}

/** Manifests at one moment: the disk's, or a git revision's. Reads only; follows no link out of the paths it was given. */
export interface ManifestFiles {
  /** The manifests of files, directories, globs and `-` (standard input), each once, in a stable order. Never throws for one path. */
  list(paths: readonly string[]): Promise<ManifestListing>;
  /** Throws with a plain sentence when the file cannot be read or is no text; may be asked for the same file again. */
  read(file: ManifestFile): Promise<string>;
}

export interface ManifestAccess {
  readonly tree: ManifestFiles;
  /** In the repository that holds the first of the paths. Throws `UnknownRevision`, `NotARepository` or `GitMissing`. */
  revision(name: string, paths: readonly string[]): Promise<ManifestFiles>;
}
