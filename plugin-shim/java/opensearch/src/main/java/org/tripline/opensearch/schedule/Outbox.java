package org.tripline.opensearch.schedule;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.tripline.opensearch.alerts.PendingAlert;

/** Alerts as bytes, to be committed before they are published. */
final class Outbox {
  private static final int FORMAT = 1;
  private static final int MAX_ALERTS = 10_000_000;
  private static final int MAX_BYTES = 100 << 20; // of one alert

  private Outbox() {}

  static byte[] write(List<PendingAlert> alerts) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(new GZIPOutputStream(bytes, 1 << 16))) {
      out.writeInt(FORMAT);
      out.writeInt(alerts.size());
      for (PendingAlert alert : alerts) {
        out.writeUTF(alert.index());
        out.writeUTF(alert.id());
        out.writeInt(alert.json().length);
        out.write(alert.json());
      }
    }
    return bytes.toByteArray();
  }

  /** Throws IOException for damaged bytes. */
  static List<PendingAlert> read(byte[] bytes) throws IOException {
    try (DataInputStream in =
        new DataInputStream(new GZIPInputStream(new ByteArrayInputStream(bytes), 1 << 16))) {
      int format = in.readInt();
      if (format != FORMAT) {
        throw new IOException("pending alerts of format " + format);
      }
      int count = in.readInt();
      if (count < 0 || count > MAX_ALERTS) {
        throw new IOException("pending alerts are damaged");
      }
      List<PendingAlert> alerts = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String index = in.readUTF();
        String id = in.readUTF();
        int length = in.readInt();
        if (length < 0 || length > MAX_BYTES) {
          throw new IOException("a pending alert is damaged");
        }
        byte[] json = in.readNBytes(length);
        if (json.length != length) {
          throw new IOException("pending alerts are cut off");
        }
        alerts.add(new PendingAlert(index, id, json));
      }
      if (in.read() != -1) { // the end is where the checksum is looked at
        throw new IOException("more pending alerts than were counted");
      }
      return alerts;
    }
  }
}
