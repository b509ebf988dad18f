package org.tripline.opensearch.jobs;

import java.security.SecureRandom;
import java.util.Arrays;

/**
 * Counts by a key of 64 bits. Keys get small numbers in the order in which they come; what is split
 * by two things has the two numbers as its key ({@link #pair}). One thread's.
 */
final class CountTable {
  private static final int FIRST_CAPACITY = 8;
  private static final long BYTES_PER_KEY = Long.BYTES + Double.BYTES + 2 * Integer.BYTES;
  // Who writes events chooses keys; which of them meet in a slot nobody outside can know.
  private static final long SECRET = new SecureRandom().nextLong();

  private final Memory memory;
  private long[] keys;
  private double[] counts;
  private int[] slots; // twice as many as keys; the number and one, or 0
  private int size;

  CountTable(Memory memory) {
    this.memory = memory;
    allocate();
  }

  private void allocate() {
    memory.take(FIRST_CAPACITY * BYTES_PER_KEY);
    keys = new long[FIRST_CAPACITY];
    counts = new double[FIRST_CAPACITY];
    slots = new int[2 * FIRST_CAPACITY];
    size = 0;
  }

  static long pair(int high, int low) {
    return (long) high << 32 | low;
  }

  static int high(long pair) {
    return (int) (pair >>> 32);
  }

  static int low(long pair) {
    return (int) pair;
  }

  /** Counts more for the key, and answers its number. */
  int add(long key, double more) {
    int slot = slotOf(key);
    if (slots[slot] == 0) {
      if (size == keys.length) {
        grow();
        slot = slotOf(key);
      }
      keys[size] = key;
      counts[size] = 0.0;
      slots[slot] = ++size;
    }
    int number = slots[slot] - 1;
    counts[number] += more;
    return number;
  }

  private int slotOf(long key) {
    int mask = slots.length - 1;
    int slot = (int) mix(key) & mask;
    while (slots[slot] != 0 && keys[slots[slot] - 1] != key) {
      slot = slot + 1 & mask;
    }
    return slot;
  }

  // The finish of SplitMix64 (Steele, Lea, Flood, "Fast splittable pseudorandom number generators",
  // 2014).
  private static long mix(long key) {
    long mixed = key ^ SECRET;
    mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
    mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
    return mixed ^ mixed >>> 31;
  }

  private void grow() {
    memory.take(keys.length * BYTES_PER_KEY);
    int capacity = 2 * keys.length;
    keys = Arrays.copyOf(keys, capacity);
    counts = Arrays.copyOf(counts, capacity);
    slots = new int[2 * capacity];
    for (int number = 0; number < size; number++) {
      slots[slotOf(keys[number])] = number + 1;
    }
  }

  int size() {
    return size;
  }

  long key(int number) {
    return keys[number];
  }

  double count(int number) {
    return counts[number];
  }

  /** Forgets everything and gives the room back. */
  void clear() {
    memory.take(-keys.length * BYTES_PER_KEY);
    allocate();
  }
}
