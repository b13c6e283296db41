import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

/** Write a text file, or a notebook. */
export async function saveText(
  contents: Contents.IManager,
  path: string,
  text: string
): Promise<void> {
  await contents.save(
    path,
    path.endsWith('.ipynb')
      ? { type: 'notebook', format: 'json', content: JSON.parse(text) }
      : { type: 'file', format: 'text', content: text }
  );
}

/** Return the path of a new file in a folder. */
export async function freeName(
  contents: Contents.IManager,
  folder: string,
  stem: string,
  suffix: string
): Promise<string> {
  const taken = await namesIn(contents, folder);
  let name = stem + suffix;
  for (let number = 1; taken.has(name); number += 1) {
    name = `${stem}-${number}${suffix}`;
  }
  return PathExt.join(folder, name);
}

/** Whether there is a file of a path; a folder that is not there is an error. */
export async function exists(
  contents: Contents.IManager,
  path: string
): Promise<boolean> {
  const taken = await namesIn(contents, PathExt.dirname(path));
  return taken.has(PathExt.basename(path));
}

async function namesIn(
  contents: Contents.IManager,
  folder: string
): Promise<Set<string>> {
  const listed = await contents.get(folder);
  return new Set((listed.content as Contents.IModel[]).map(({ name }) => name));
}

/** Return a title as a file name that every system accepts. */
export function fileName(title: string): string {
  const plain = title
    .replace(/[\\/:*?"<>|\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '');
  const name = Array.from(plain)
    .slice(0, 60)
    .join('')
    .replace(/[. ]+$/, '');
  // devices of Windows, with whatever suffix
  return /^(con|prn|aux|nul|(com|lpt)[\d¹²³])( *\.|$)/i.test(name)
    ? `_${name}`
    : name || 'conversation';
}
