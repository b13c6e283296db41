import * as React from 'react';

import type { IOpened } from '../open/opener';
import type { ICited } from '../net/wire';
import { LinkButton } from './button';
import { useAnswer } from './context';

/** What becomes of opening a citation. */
export interface IOpening {
  readonly isBusy: boolean;
  readonly opened: IOpened | null;
  readonly open: () => void;
}

/** Open a citation on request, and keep what is to be told of it; `failed` is called when no document is shown. */
export function useOpening(cited: ICited, failed?: () => void): IOpening {
  const { actions } = useAnswer();
  const [isBusy, setBusy] = React.useState(false);
  const [opened, setOpened] = React.useState<IOpened | null>(null);
  const last = React.useRef(0);
  const open = (): void => {
    const number = ++last.current;
    setBusy(true);
    void actions.open(cited).then(result => {
      if (number === last.current) {
        setOpened(result);
        setBusy(false);
        if (!result.shown) {
          failed?.();
        }
      }
    });
  };
  return { isBusy, opened, open };
}

/** What is to be told after a citation was opened, or was not; nothing when all is as it was cited. */
export function Told(props: { opening: IOpening }): JSX.Element | null {
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
      className={`jp-LocalAI-told ${shown ? 'jp-mod-mild' : ''}`}
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

/** Offers to index a document that has changed, and tells what became of that. */
function Stale({ path }: { path: string }): JSX.Element {
  const { trans, actions } = useAnswer();
  const [told, tell] = React.useState('');
  const refresh = async (): Promise<void> => {
    tell(trans.__('Indexing…'));
    tell(
      (await actions.refresh(path))
        ? trans.__('It is indexed. Ask again.')
        : trans.__('It could not be indexed; the panel tells why.')
    );
  };
  return told ? (
    <p ref={focused} tabIndex={-1}>
      {told}
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
