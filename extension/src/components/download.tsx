import * as React from 'react';

import { shareOf, sizeOf } from '../text/words';
import { Bar } from './bar';
import { TextButton } from './button';
import { usePanel } from './context';
import { Problem } from './problem';

/** The progress of a model's download, and a button that cancels it. */
export function DownloadProgress(): JSX.Element {
  const { model, trans } = usePanel();
  const { name, progress, error } = model.download;
  const { done = 0, total } = progress ?? {};
  return error ? (
    <Problem
      error={error}
      action={trans.__('Try again')}
      onAction={() => void model.pull(name)}
    />
  ) : (
    <>
      <Bar share={shareOf(progress)} label={trans.__('Downloading %1', name)} />
      <p className="jp-LocalAI-note">
        {total
          ? trans.__('%1 of %2', sizeOf(done), sizeOf(total))
          : trans.__('Ollama is downloading it…')}
      </p>
      <TextButton onClick={() => model.download.cancel()}>
        {trans.__('Cancel')}
      </TextButton>
    </>
  );
}
