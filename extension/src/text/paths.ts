import type { Contents } from '@jupyterlab/services';

/** The drives of the server's own files: the default one and that of collaboration. */
const OWN_DRIVES = ['', 'RTC'];

/** Return the contents paths of the server's own files; files of other drives are left out. */
export function ownPaths(
  contents: Pick<Contents.IManager, 'driveName' | 'localPath'>,
  paths: readonly string[]
): string[] {
  return paths
    .filter(path => OWN_DRIVES.includes(contents.driveName(path)))
    .map(path => contents.localPath(path));
}
