import type { Contents } from '@jupyterlab/services';

/** The drives that show the server's own files: the usual one, and that of collaboration. */
const OWN_DRIVES = ['', 'RTC'];

/** The paths of files of the server, as its routes take them; those of other drives are left out. */
export function ownPaths(
  contents: Pick<Contents.IManager, 'driveName' | 'localPath'>,
  paths: readonly string[]
): string[] {
  return paths
    .filter(path => OWN_DRIVES.includes(contents.driveName(path)))
    .map(path => contents.localPath(path));
}
