// Answers that take work: made in their turn, and handed to the network in pieces.
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Pause } from '../tables/page.ts';
import { AnswerQueue } from './answer-queue.ts';
import { type Connections, isStranger } from './connections.ts';
import { Pieces } from './pieces.ts';

/** Of the time, what strangers' questions may take for long: the rest is for frames. */
const SHARE_OF_STRANGERS = 0.5;

const MAY_WAIT = 64;

export class Answers {
  readonly #connections: Connections;
  readonly #insiders: AnswerQueue;
  readonly #strangers: AnswerQueue;

  constructor(connections: Connections) {
    this.#connections = connections;
    const queue = (forStrangers: boolean) =>
      new AnswerQueue({
        share: forStrangers ? SHARE_OF_STRANGERS : 1,
        hasRoom: (client) => connections.hasRoom(client, forStrangers),
        owedBy: (client) => connections.owedBy(client),
        mayWait: MAY_WAIT,
      });
    this.#insiders = queue(false);
    this.#strangers = queue(true);
  }

  /** Resolves to what `work` makes, once its turn has come; to undefined where the client has gone by then. */
  async make<Made>(
    request: FastifyRequest,
    work: (pause: Pause) => Promise<Made>,
  ): Promise<Made | undefined> {
    const { socket } = request.raw;
    const asker = this.#connections.of(socket);
    const queue = asker !== undefined && isStranger(asker) ? this.#strangers : this.#insiders;
    return await queue.add(asker?.client ?? '', async (pause) =>
      socket.destroyed ? undefined : await work(pause),
    );
  }

  send(reply: FastifyReply, pieces: readonly Uint8Array[]): FastifyReply {
    const answer = new Pieces(pieces);
    return reply.header('content-length', answer.length).send(answer);
  }
}
