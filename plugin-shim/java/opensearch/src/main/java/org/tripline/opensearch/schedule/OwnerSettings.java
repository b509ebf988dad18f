package org.tripline.opensearch.schedule;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opensearch.common.settings.ClusterSettings;
import org.opensearch.common.settings.Setting;
import org.opensearch.common.settings.Settings;
import org.opensearch.common.unit.TimeValue;

/** The settings of scheduled runs, as they are now. Any thread may read them. */
public final class OwnerSettings {
  /** How long after its time a run takes place, so that its last events can be searched. */
  public static final Setting<TimeValue> RUN_DELAY =
      Setting.timeSetting(
          "plugins.tripline.run_delay",
          TimeValue.timeValueSeconds(2),
          TimeValue.ZERO,
          TimeValue.timeValueHours(24),
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  /** The same of buckets of anomaly jobs, which are judged once. */
  public static final Setting<TimeValue> JOB_DELAY =
      Setting.timeSetting(
          "plugins.tripline.job_delay",
          TimeValue.timeValueSeconds(60),
          TimeValue.ZERO,
          TimeValue.timeValueHours(24),
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  /** Runs that are overdue by more than this are given up, and recorded as gaps. */
  public static final Setting<TimeValue> MAX_BACKFILL =
      Setting.timeSetting(
          "plugins.tripline.max_backfill",
          new TimeValue(7, TimeUnit.DAYS),
          TimeValue.timeValueMinutes(1),
          new TimeValue(3650, TimeUnit.DAYS),
          Setting.Property.NodeScope,
          Setting.Property.Dynamic);

  private volatile long runDelayMillis;
  private volatile long jobDelayMillis;
  private volatile long maxBackfillMillis;

  public OwnerSettings(Settings settings, ClusterSettings updates) {
    runDelayMillis = RUN_DELAY.get(settings).millis();
    jobDelayMillis = JOB_DELAY.get(settings).millis();
    maxBackfillMillis = MAX_BACKFILL.get(settings).millis();
    updates.addSettingsUpdateConsumer(RUN_DELAY, delay -> runDelayMillis = delay.millis());
    updates.addSettingsUpdateConsumer(JOB_DELAY, delay -> jobDelayMillis = delay.millis());
    updates.addSettingsUpdateConsumer(MAX_BACKFILL, most -> maxBackfillMillis = most.millis());
  }

  public static List<Setting<?>> all() {
    return List.of(RUN_DELAY, JOB_DELAY, MAX_BACKFILL);
  }

  long runDelayMillis() {
    return runDelayMillis;
  }

  long jobDelayMillis() {
    return jobDelayMillis;
  }

  long maxBackfillMillis() {
    return maxBackfillMillis;
  }
}
