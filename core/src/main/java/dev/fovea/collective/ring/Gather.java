package dev.fovea.collective.ring;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Messages of all to all: in step {@code t} rank {@code r} passes on the message of rank {@code r -
 * t}, its length first, then pieces, each as soon as it has come.
 */
final class Gather implements Exchange {
  /** The longest message of a rank; a length beyond it is refused before memory is taken. */
  static final int MOST_MESSAGE = 1 << 28;

  private static final int LENGTH = -1;

  private final int rank;
  private final int size;
  private final byte[][] messages;
  private int sendStep;
  private int sendOffset = LENGTH;
  private int receiveStep;
  private int receiveOffset = LENGTH;

  /** The caller's message is read until the operation ends. */
  Gather(int rank, int size, byte[] own) {
    this.rank = rank;
    this.size = size;
    this.messages = new byte[size][];
    messages[rank] = own;
  }

  /** The messages, after the last payload; the own one is a copy. */
  List<byte[]> messages() {
    messages[rank] = messages[rank].clone();
    return new ArrayList<>(List.of(messages));
  }

  @Override
  public long shape() {
    return Kind.GATHER.shape(0);
  }

  @Override
  public boolean readyToSend() {
    if (sendStep == size - 1) {
      return false;
    }
    if (sendStep == 0 || receiveStep >= sendStep) {
      return true;
    }
    if (receiveStep < sendStep - 1 || receiveOffset == LENGTH) {
      return false;
    }
    int length = messages[origin(sendStep)].length;
    return sendOffset == LENGTH
        || receiveOffset >= Math.min(length, (long) sendOffset + MOST_BYTES);
  }

  @Override
  public int fill(ByteBuffer payload) {
    byte[] message = messages[origin(sendStep)];
    if (sendOffset == LENGTH) {
      payload.putLong(0, message.length);
      sendOffset = 0;
      advanceSending(message);
      return Long.BYTES;
    }
    int count = Math.min(MOST_BYTES, message.length - sendOffset);
    payload.put(0, message, sendOffset, count);
    sendOffset += count;
    advanceSending(message);
    return count;
  }

  private void advanceSending(byte[] message) {
    if (sendOffset == message.length) {
      sendStep++;
      sendOffset = LENGTH;
    }
  }

  @Override
  public boolean allSent() {
    return sendStep == size - 1;
  }

  @Override
  public int expected() {
    return receiveOffset == LENGTH
        ? Long.BYTES
        : Math.min(MOST_BYTES, messages[origin(receiveStep + 1)].length - receiveOffset);
  }

  @Override
  public void take(ByteBuffer payload) throws RingFault {
    int origin = origin(receiveStep + 1);
    if (receiveOffset == LENGTH) {
      long length = payload.getLong(0);
      if (length < 0 || length > MOST_MESSAGE) {
        throw new RingFault(
            origin,
            "announced a message of "
                + length
                + " bytes; expected at most "
                + MOST_MESSAGE
                + ", so its program is another or the connection is damaged");
      }
      messages[origin] = new byte[(int) length];
      receiveOffset = 0;
    } else {
      int count = expected();
      payload.get(0, messages[origin], receiveOffset, count);
      receiveOffset += count;
    }
    if (receiveOffset == messages[origin].length) {
      receiveStep++;
      receiveOffset = LENGTH;
    }
  }

  @Override
  public boolean allReceived() {
    return receiveStep == size - 1;
  }

  /** Whose message is sent in a step. */
  private int origin(int step) {
    return Math.floorMod(rank - step, size);
  }
}
