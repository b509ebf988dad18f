package org.tripline.opensearch.jobs;

import java.io.IOException;
import java.net.InetAddress;
import java.util.List;
import org.apache.lucene.document.InetAddressPoint;
import org.apache.lucene.util.BytesRef;
import org.opensearch.common.network.InetAddresses;
import org.opensearch.common.time.DateFormatter;
import org.opensearch.core.xcontent.XContentBuilder;
import org.tripline.engine.RulesetDescription.Detector;
import org.tripline.engine.Terms;
import org.tripline.engine.Terms.Value;
import org.tripline.opensearch.jobs.JobCountsView.Series;
import org.tripline.opensearch.jobs.JobCountsView.Share;

/** A job's counts for people: buckets by time, in them what each detector counted. */
final class JobCountsJson {
  private static final double MOST_EXACT = 1L << 53;
  private static final DateFormatter DATE = DateFormatter.forPattern("strict_date_time");

  private JobCountsJson() {}

  /** The fields of an object that is open. */
  static void add(XContentBuilder json, JobCounts counts) throws IOException {
    json.field("bucket_span_millis", counts.layout().spanMillis());
    if (counts.cut() != null) {
      json.field("cut", counts.cut());
    }
    if (!counts.errors().isEmpty()) {
      json.field("errors", counts.errors());
    }
    addIfAny(json, "influencer_values_cut", counts.influencersCut());
    addIfAny(json, "events_without_time", counts.withoutTime());
    addIfAny(json, "events_without_count", counts.withoutCount());
    JobCountsView view = new JobCountsView(counts);
    json.startArray("buckets");
    for (int bucket = 0; bucket < view.numBuckets(); bucket++) {
      json.startObject();
      json.field("timestamp", view.beginsMillis(bucket));
      addNumber(json, "event_count", view.numEvents(bucket));
      json.startArray("detectors");
      for (int i = 0; i < counts.layout().detectors().size(); i++) {
        addDetector(json, counts.layout(), i, view.series(bucket, i));
      }
      json.endArray().endObject();
    }
    json.endArray();
  }

  private static void addDetector(
      XContentBuilder json, JobLayout layout, int detector, List<Series> series)
      throws IOException {
    Detector described = layout.detectors().get(detector);
    json.startObject().field("function", described.function()).startArray("series");
    for (Series one : series) {
      json.startObject();
      addTerm(json, "partition_field_value", one.partition());
      addTerm(json, "by_field_value", one.by());
      addNumber(json, "count", one.count());
      if (!one.influencers().isEmpty()) {
        addInfluencers(json, layout, one);
      }
      json.endObject();
    }
    json.endArray().endObject();
  }

  private static void addInfluencers(XContentBuilder json, JobLayout layout, Series series)
      throws IOException {
    json.startObject("influencers");
    for (int i = 0; i < layout.influencers().size(); i++) {
      json.startArray(layout.influencers().get(i));
      for (Share share : series.influencers().get(i)) {
        json.startObject();
        addTerm(json, "value", share.term());
        addNumber(json, "count", share.count());
        json.endObject();
      }
      json.endArray();
    }
    json.endObject();
  }

  private static void addIfAny(XContentBuilder json, String name, long count) throws IOException {
    if (count > 0) {
      json.field(name, count);
    }
  }

  private static void addNumber(XContentBuilder json, String name, double number)
      throws IOException {
    if (number <= MOST_EXACT && number == (long) number) {
      json.field(name, (long) number);
    } else {
      json.field(name, number);
    }
  }

  private static void addTerm(XContentBuilder json, String name, BytesRef term)
      throws IOException {
    if (term.length == 0) {
      return;
    }
    switch (Terms.valueOf(term.bytes, term.offset, term.length)) {
      case Value.Text text -> json.field(name, text.text());
      case Value.Whole whole -> json.field(name, whole.number());
      case Value.Floating floating -> json.field(name, floating.number());
      case Value.Bool bool -> json.field(name, bool.value());
      case Value.Date date -> json.field(name, DATE.formatMillis(date.millis()));
      case Value.Address address -> json.field(name, textOf(address));
    }
  }

  private static String textOf(Value.Address address) {
    InetAddress decoded = InetAddressPoint.decode(address.bytes());
    return InetAddresses.toAddrString(decoded);
  }
}
