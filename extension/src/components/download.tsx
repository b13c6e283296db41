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
  const { done_bytes = 0, total_bytes } = progress ?? {};
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
        {total_bytes
          ? trans.__('%1 of %2', sizeOf(done_bytes), sizeOf(total_bytes))
          : trans.__('Ollama is downloading it…')}
      </p>
      <TextButton onClick={() => model.download.cancel()}>
        {trans.__('Cancel')}
      </TextButton>
    </>
  );
}
