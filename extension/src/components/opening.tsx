import * as React from 'react';

import type { IOpenResult } from '../open/opener';
import type { ICited } from '../net/wire';
import { LinkButton } from './button';
import { useAnswer } from './context';

/** The state of opening a citation. */
export interface IOpening {
  readonly isBusy: boolean;
  readonly opened: IOpenResult | null;
  readonly open: () => void;
}

/** Open a citation on request and keep the result; call `onFailure` when no document is shown. */
export function useOpening(cited: ICited, onFailure?: () => void): IOpening {
  const { actions } = useAnswer();
  const [isBusy, setBusy] = React.useState(false);
  const [opened, setOpened] = React.useState<IOpenResult | null>(null);
  const last = React.useRef(0);
  const open = (): void => {
    const number = ++last.current;
    setBusy(true);
    void actions.open(cited).then(result => {
      if (number === last.current) {
        setOpened(result);
        setBusy(false);
        if (!result.shown) {
          onFailure?.();
        }
      }
    });
  };
  return { isBusy, opened, open };
}

/** The message after opening a citation; nothing when the document still shows what was cited. */
export function OpenResult(props: { opening: IOpening }): JSX.Element | null {
  const { trans, actions } = useAnswer();
  const { isBusy, opened } = props.opening;
  if (isBusy) {
    return <p className="jp-LocalAI-opening">{trans.__('Opening…')}</p>;
  }
  if (!opened?.message) {
    return null;
  }
  const { shown, message, remedy, reveal, stale, outside } = opened;
  return (
    <div
      className={`jp-LocalAI-openResult ${shown ? 'jp-mod-mild' : ''}`}
      role={shown ? 'status' : 'alert'}
    >
      <p>
        {message} {remedy}
      </p>
      {reveal !== undefined && actions.reveal && (
        <LinkButton onClick={() => actions.reveal!(reveal)}>
          {trans.__('Show in the file browser')}
        </LinkButton>
      )}
      {stale !== undefined && <Stale path={stale} />}
      {outside !== undefined && (
        <LinkButton onClick={() => actions.copy(outside)}>
          {trans.__('Copy path')}
        </LinkButton>
      )}
    </div>
  );
}

/** Offers to index a changed document again, and shows the result. */
function Stale({ path }: { path: string }): JSX.Element {
  const { trans, actions } = useAnswer();
  const [status, setStatus] = React.useState('');
  const refresh = async (): Promise<void> => {
    setStatus(trans.__('Indexing…'));
    setStatus(
      (await actions.refresh(path))
        ? trans.__('The document is indexed. Ask again.')
        : trans.__('Indexing failed; the panel shows why.')
    );
  };
  return status ? (
    <p ref={focused} tabIndex={-1}>
      {status}
    </p>
  ) : (
    <LinkButton onClick={() => void refresh()}>
      {trans.__('Index it again')}
    </LinkButton>
  );
}

function focused(node: HTMLElement | null): void {
  node?.focus({ preventScroll: true });
}
