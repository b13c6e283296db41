import { Time } from '@jupyterlab/coreutils';
import {
  closeIcon,
  filterIcon,
  listIcon,
  refreshIcon
} from '@jupyterlab/ui-components';
import * as React from 'react';

import type { IDocument, IRoot } from '../net/wire';
import { nameOf } from '../text/words';
import { IconButton, LinkButton, TextButton } from './button';
import { CollectionBar } from './collection';
import { useChanges, usePanel } from './context';
import { Problem } from './problem';
import { Shared } from './shared';
import { Watched } from './watched';

/** The contents of a collection: its folders, and its documents a page at a time. */
export function Documents(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { documents } = model;
  useChanges(documents.changed);
  useChanges(model.setup.changed);
  const { list, error } = documents;
  const view = React.useRef<HTMLDivElement>(null);
  const count = list?.items.length ?? 0;
  const before = React.useRef(count);
  React.useEffect(() => {
    if (count < before.current && document.activeElement === document.body) {
      // the button that had the focus is gone
      view.current!.focus();
    }
    before.current = count;
  }, [count]);
  const isShared =
    list !== null && model.setup.sharedOf(list.collection) !== undefined;
  const isEmpty = list !== null && list.roots.length === 0 && !isShared;
  return (
    <div
      ref={view}
      tabIndex={-1}
      className="jp-LocalAI-documents"
      role="region"
      aria-label={trans.__('Documents')}
    >
      {error && (
        <Problem
          error={error}
          action={trans.__('Try again')}
          onAction={() => void documents.refresh()}
        />
      )}
      {!list && !error && (
        <p className="jp-LocalAI-note">{trans.__('Loading…')}</p>
      )}
      {isEmpty && (
        <>
          <p>{trans.__('Nothing is indexed in “%1” yet.', list.collection)}</p>
          {actions.indexFolder && (
            <TextButton main onClick={() => void actions.indexFolder!()}>
              {trans.__('Index a folder…')}
            </TextButton>
          )}
        </>
      )}
      {list && !isEmpty && (
        <>
          <CollectionBar name={list.collection} isShared={isShared} />
          {isShared ? (
            <Shared key={list.collection} collection={list.collection} />
          ) : (
            <>
              <ul aria-label={trans.__('Folders')}>
                {list.roots.map(root => (
                  <Root key={root.path} root={root} />
                ))}
              </ul>
              <Watched key={list.collection} collection={list.collection} />
            </>
          )}
          <Filter />
          <p className="jp-LocalAI-note" role="status">
            {trans._n('%1 document', '%1 documents', list.total)}
            {list.failed > 0 && ` · ${trans.__('%1 failed', list.failed)}`}
          </p>
          {list.total > list.failed && (
            <LinkButton onClick={() => void model.summarize([])}>
              {trans.__('Summarise “%1”', list.collection)}
            </LinkButton>
          )}
          <ul aria-label={trans.__('Documents')}>
            {list.items.map(item => (
              <Item key={item.path} item={item} isShared={isShared} />
            ))}
          </ul>
          {documents.hasMore && (
            <LinkButton onClick={() => void documents.more()}>
              {trans.__('Show more')}
            </LinkButton>
          )}
        </>
      )}
    </div>
  );
}

function Filter(): JSX.Element {
  const { model, trans } = usePanel();
  const { documents } = model;
  return (
    <div className="jp-LocalAI-filter">
      <input
        type="search"
        className="jp-mod-styled"
        placeholder={trans.__('Filter by name')}
        aria-label={trans.__('Filter by name')}
        value={documents.name}
        onChange={event => documents.setName(event.target.value)}
      />
      <label>
        <input
          type="checkbox"
          checked={documents.isFailedOnly}
          onChange={event => documents.setFailedOnly(event.target.checked)}
        />
        {trans.__('Failed only')}
      </label>
    </div>
  );
}

function Root({ root }: { root: IRoot }): JSX.Element {
  const { model, trans, actions } = usePanel();
  const path = root.contents ?? root.path;
  const name = nameOf(path) || '/';
  return (
    <li className="jp-LocalAI-root">
      <span className="jp-LocalAI-rootName" title={root.path}>
        <span className="jp-LocalAI-file">{name}</span>{' '}
        {root.documents > 0 && (
          <span className="jp-LocalAI-note">
            {root.documents.toLocaleString()}
          </span>
        )}
      </span>
      {root.changeable && (
        <IconButton
          icon={refreshIcon}
          label={trans.__('Index %1 again', name)}
          onClick={() =>
            void model.jobs.index([path], model.collection, { refresh: true })
          }
        />
      )}
      {root.changeable && actions.forget && (
        <IconButton
          icon={closeIcon}
          label={trans.__('Take %1 out of the index; the files stay', name)}
          onClick={() => actions.forget!([path], model.documents.collection)}
        />
      )}
    </li>
  );
}

function Item(props: { item: IDocument; isShared: boolean }): JSX.Element {
  const { item, isShared } = props;
  const { model, trans, actions } = usePanel();
  const path = item.contents ?? item.path;
  const inside = below(item);
  const name = nameOf(inside);
  const folder = inside.slice(0, -name.length);
  const isFailed = item.state === 'failed';
  const facts = [
    folder.replace(/[\\/]$/, ''),
    item.state === 'pending' && trans.__('being indexed'),
    !isFailed && trans._n('%1 passage', '%1 passages', item.chunks),
    item.indexed && Time.formatHuman(new Date(item.indexed * 1000))
  ];
  return (
    <li className={isFailed ? 'jp-mod-failed' : ''}>
      <div className="jp-LocalAI-itemHead">
        {item.contents !== undefined && actions.openFile ? (
          <button
            type="button"
            className="jp-LocalAI-item jp-LocalAI-file"
            title={item.path}
            onClick={() => actions.openFile!(item.contents!)}
          >
            {name}
          </button>
        ) : (
          <span className="jp-LocalAI-item jp-LocalAI-file" title={item.path}>
            {name}
          </span>
        )}
        {item.changeable && !isFailed && (
          <IconButton
            icon={listIcon}
            label={trans.__('Summarise %1', name)}
            onClick={() => void model.summarize([path])}
          />
        )}
        {item.changeable && !isFailed && (
          <IconButton
            icon={filterIcon}
            label={trans.__('Ask only %1', name)}
            pressed={model.attachments.document === path ? true : undefined}
            onClick={() => {
              model.attachments.limit(path);
              model.showView('conversation');
            }}
          />
        )}
        {item.changeable && actions.forget && !isShared && (
          <IconButton
            icon={closeIcon}
            label={trans.__('Take %1 out of the index; the file stays', name)}
            onClick={() => actions.forget!([path], model.documents.collection)}
          />
        )}
      </div>
      <div className="jp-LocalAI-note">{facts.filter(Boolean).join(' · ')}</div>
      {isFailed && (
        <div className="jp-LocalAI-problem jp-mod-mild">
          <p className="jp-LocalAI-note">
            {item.message} {item.remedy}
          </p>
          {item.changeable && (
            <TextButton
              label={trans.__('Try %1 again', name)}
              onClick={() =>
                void model.jobs.index([path], model.collection, {
                  refresh: true,
                  retry: true
                })
              }
            >
              {trans.__('Try again')}
            </TextButton>
          )}
        </div>
      )}
    </li>
  );
}

/** The path of a document below its root. */
function below({ path, root }: IDocument): string {
  return path === root
    ? nameOf(path)
    : path.slice(root.replace(/[\\/]$/, '').length + 1);
}
