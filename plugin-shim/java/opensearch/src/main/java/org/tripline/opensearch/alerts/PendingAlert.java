package org.tripline.opensearch.alerts;

/** An alert on its way: the document, its id, the index where it belongs. */
public record PendingAlert(String index, String id, byte[] json) {}
