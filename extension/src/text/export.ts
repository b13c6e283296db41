import { PathExt } from '@jupyterlab/coreutils';
import type { Contents } from '@jupyterlab/services';

/** Write a Markdown file into a folder under a new name; return its path. */
export async function saveMarkdown(
  contents: Contents.IManager,
  folder: string,
  title: string,
  text: string
): Promise<string> {
  const listed = await contents.get(folder);
  const taken = new Set(
    (listed.content as Contents.IModel[]).map(({ name }) => name)
  );
  const stem = fileName(title);
  let name = `${stem}.md`;
  for (let number = 1; taken.has(name); number += 1) {
    name = `${stem}-${number}.md`;
  }
  const path = PathExt.join(folder, name);
  await contents.save(path, { type: 'file', format: 'text', content: text });
  return path;
}

/** Return a title as a file name that every system accepts. */
export function fileName(title: string): string {
  const plain = title
    .replace(/[\\/:*?"<>|\p{Cc}\p{Cf}]+/gu, ' ')
    .replace(/\s+/g, ' ')
    .replace(/^[. ]+/, '');
  return (
    Array.from(plain)
      .slice(0, 60)
      .join('')
      .replace(/[. ]+$/, '') || 'conversation'
  );
}
