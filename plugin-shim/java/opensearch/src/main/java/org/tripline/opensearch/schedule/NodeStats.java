package org.tripline.opensearch.schedule;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.opensearch.action.ActionType;
import org.opensearch.action.FailedNodeException;
import org.opensearch.action.support.ActionFilters;
import org.opensearch.action.support.nodes.BaseNodeResponse;
import org.opensearch.action.support.nodes.BaseNodesRequest;
import org.opensearch.action.support.nodes.BaseNodesResponse;
import org.opensearch.action.support.nodes.TransportNodesAction;
import org.opensearch.cluster.ClusterName;
import org.opensearch.cluster.node.DiscoveryNode;
import org.opensearch.cluster.service.ClusterService;
import org.opensearch.common.inject.Inject;
import org.opensearch.common.xcontent.XContentFactory;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.core.xcontent.XContentBuilder;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;
import org.tripline.engine.NativeLibrary;
import org.tripline.opensearch.rulesets.RulesetRegistry;

/** What every node tells of itself, and of the rulesets that it runs. */
public final class NodeStats {
  public static final ActionType<Response> TYPE =
      new ActionType<>("cluster:admin/tripline/stats/nodes", Response::new);

  private NodeStats() {}

  public static final class Request extends BaseNodesRequest<Request> {
    Request() {
      super(new String[0]);
    }

    Request(StreamInput in) throws IOException {
      super(in);
    }
  }

  static final class NodeRequest extends TransportRequest {
    NodeRequest() {}

    NodeRequest(StreamInput in) throws IOException {
      super(in);
    }
  }

  /**
   * One node's answer.
   *
   * <p>{@code self}: a JSON object of the node; {@code rulesets}: of each that it runs, a JSON
   * object.
   */
  public static final class NodeResponse extends BaseNodeResponse {
    private final BytesReference self;
    private final Map<String, BytesReference> rulesets;

    NodeResponse(DiscoveryNode node, BytesReference self, Map<String, BytesReference> rulesets) {
      super(node);
      this.self = self;
      this.rulesets = rulesets;
    }

    NodeResponse(StreamInput in) throws IOException {
      super(in);
      self = in.readBytesReference();
      rulesets = in.readMap(StreamInput::readString, StreamInput::readBytesReference);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeBytesReference(self);
      out.writeMap(rulesets, StreamOutput::writeString, StreamOutput::writeBytesReference);
    }

    BytesReference self() {
      return self;
    }

    Map<String, BytesReference> rulesets() {
      return rulesets;
    }
  }

  public static final class Response extends BaseNodesResponse<NodeResponse> {
    Response(ClusterName name, List<NodeResponse> nodes, List<FailedNodeException> failures) {
      super(name, nodes, failures);
    }

    Response(StreamInput in) throws IOException {
      super(in);
    }

    @Override
    protected List<NodeResponse> readNodesFrom(StreamInput in) throws IOException {
      return in.readList(NodeResponse::new);
    }

    @Override
    protected void writeNodesTo(StreamOutput out, List<NodeResponse> nodes) throws IOException {
      out.writeList(nodes);
    }
  }

  public static final class Transport
      extends TransportNodesAction<Request, Response, NodeRequest, NodeResponse> {
    private final RulesetRegistry registry;
    private final Owners owners;

    @Inject
    public Transport(
        ThreadPool threadPool,
        ClusterService clusterService,
        TransportService transportService,
        ActionFilters filters,
        RulesetRegistry registry,
        Owners owners) {
      super(
          TYPE.name(),
          threadPool,
          clusterService,
          transportService,
          filters,
          Request::new,
          NodeRequest::new,
          ThreadPool.Names.MANAGEMENT,
          NodeResponse.class);
      this.registry = registry;
      this.owners = owners;
    }

    @Override
    protected Response newResponse(
        Request request, List<NodeResponse> nodes, List<FailedNodeException> failures) {
      return new Response(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected NodeRequest newNodeRequest(Request request) {
      return new NodeRequest();
    }

    @Override
    protected NodeResponse newNodeResponse(StreamInput in) throws IOException {
      return new NodeResponse(in);
    }

    @Override
    protected NodeResponse nodeOperation(NodeRequest request) {
      try {
        return new NodeResponse(clusterService.localNode(), self(), rulesets());
      } catch (IOException e) {
        throw new IllegalStateException("the statistics cannot be written", e);
      }
    }

    private BytesReference self() throws IOException {
      try (XContentBuilder json = XContentFactory.jsonBuilder()) {
        json.startObject().field("name", clusterService.localNode().getName());
        json.field("enabled", registry.isEnabled());
        json.field("waiting_because", owners.whyWaiting());
        if (registry.whyUnavailable() != null) {
          json.field("unavailable_because", registry.whyUnavailable());
        } else {
          NativeLibrary.Counts counts = NativeLibrary.counts();
          json.startObject("native_memory").field("limit_bytes", registry.memoryLimit());
          json.field("kept_bytes", registry.keptBytes());
          json.field("answers_bytes", counts.answersBytes());
          json.field("rulesets", counts.rulesets()).field("plans", counts.plans());
          json.field("matchers", counts.matchers()).endObject();
        }
        return BytesReference.bytes(json.endObject());
      }
    }

    private Map<String, BytesReference> rulesets() throws IOException {
      Map<String, BytesReference> rulesets = new TreeMap<>();
      long now = System.currentTimeMillis();
      for (Map.Entry<String, OwnerStatus> owned : owners.statuses().entrySet()) {
        try (XContentBuilder json = XContentFactory.jsonBuilder()) {
          json.startObject();
          owned.getValue().addTo(json, now);
          owners.stagesOf(owned.getKey()).addTo(json);
          rulesets.put(owned.getKey(), BytesReference.bytes(json.endObject()));
        }
      }
      return rulesets;
    }
  }
}
