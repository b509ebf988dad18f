package org.tripline.engine;

import java.lang.System.Logger;
import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;

/**
 * A native object and its one owner. Closing it twice is harmless; using it when it is closed is an
 * error. An object that is dropped without being closed is freed and reported: that is a bug of its
 * owner.
 */
abstract class NativeObject implements AutoCloseable {
  private static final Cleaner CLEANER = Cleaner.create();

  private final State state;
  private final Cleaner.Cleanable cleanable;

  NativeObject(long handle, LongConsumer close) {
    this.state = new State(handle, close, getClass().getSimpleName());
    this.cleanable = CLEANER.register(this, state);
  }

  /** The number by which native code knows it. */
  final long handle() {
    long handle = state.handle.get();
    if (handle == 0) {
      throw new TriplineException(TriplineException.Code.USAGE, state.name + " is closed");
    }
    return handle;
  }

  @Override
  public final void close() {
    state.isClosedByOwner = true;
    cleanable.clean();
  }

  private static final class State implements Runnable {
    private final AtomicLong handle;
    private final LongConsumer close;
    private final String name;
    private volatile boolean isClosedByOwner;

    State(long handle, LongConsumer close, String name) {
      this.handle = new AtomicLong(handle);
      this.close = close;
      this.name = name;
    }

    @Override
    public void run() {
      long open = handle.getAndSet(0);
      if (open == 0) {
        return;
      }
      if (!isClosedByOwner) {
        System.getLogger(NativeObject.class.getName())
            .log(Logger.Level.WARNING, "{0} was dropped without being closed", name);
      }
      close.accept(open);
    }
  }
}
