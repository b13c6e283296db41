import * as React from 'react';

import { TextButton } from './button';
import { useChanges, usePanel } from './context';
import { Problem } from './problem';

/** The ways to get the first documents: a folder of the user's, or the example documents. */
export function BeginButtons(): JSX.Element {
  const { model, trans, actions } = usePanel();
  const { beginning } = model;
  useChanges(beginning.changed);
  return (
    <>
      <div className="jp-LocalAI-buttons">
        {actions.indexFolder && (
          <TextButton main onClick={() => void actions.indexFolder!()}>
            {trans.__('Index a folder…')}
          </TextButton>
        )}
        <TextButton onClick={() => void model.tryExamples()}>
          {beginning.isCopying
            ? trans.__('Copying…')
            : trans.__('Try it with the example documents')}
        </TextButton>
      </div>
      {beginning.error && <Problem error={beginning.error} />}
    </>
  );
}

/** Said where a question was asked before there were documents, with the ways to get some. */
export function NothingIndexed(props: { onAgain?: () => void }): JSX.Element {
  const { model, trans } = usePanel();
  useChanges(model.changed); // another collection may be chosen
  useChanges(model.setup.changed);
  useChanges(model.jobs.changed);
  if (model.documentCount === 0 && model.isIndexing) {
    return (
      <p className="jp-LocalAI-stage">
        {trans.__('Ask again when the documents are indexed.')}
      </p>
    );
  }
  return model.documentCount === 0 ? (
    <div className="jp-LocalAI-problem jp-mod-mild">
      <p>
        {trans.__(
          'Nothing is indexed in “%1” yet, so there is nothing to answer from.',
          model.collection
        )}
      </p>
      <BeginButtons />
    </div>
  ) : (
    <div className="jp-LocalAI-problem jp-mod-mild">
      <p>{trans.__('There are documents now.')}</p>
      {props.onAgain && (
        <TextButton onClick={props.onAgain}>{trans.__('Ask again')}</TextButton>
      )}
    </div>
  );
}

/** Questions that the documents answer, each asked by a click. */
export function Questions(): JSX.Element | null {
  const { model, trans } = usePanel();
  const { beginning, collection, documentCount } = model;
  useChanges(beginning.changed);
  useChanges(model.jobs.changed);
  // what is being indexed changes the questions, and needs the engine more
  const isIdle = !model.isIndexing;
  React.useEffect(() => {
    if (documentCount > 0 && isIdle) {
      void beginning.suggest(collection, documentCount);
    }
  }, [beginning, collection, documentCount, isIdle]);
  if (documentCount === 0 || beginning.questions.length === 0) {
    return null;
  }
  return (
    <div
      className="jp-LocalAI-questions"
      role="group"
      aria-labelledby="jp-LocalAI-questions"
    >
      <h3 id="jp-LocalAI-questions">{trans.__('You could ask')}</h3>
      {beginning.questions.map(question => (
        <button
          key={question}
          type="button"
          className="jp-LocalAI-question"
          onClick={() => void model.askSuggested(question)}
        >
          {question}
        </button>
      ))}
    </div>
  );
}
