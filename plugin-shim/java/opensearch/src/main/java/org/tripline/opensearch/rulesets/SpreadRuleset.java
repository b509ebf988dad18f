package org.tripline.opensearch.rulesets;

import java.io.IOException;
import java.util.List;
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
import org.opensearch.core.common.bytes.BytesArray;
import org.opensearch.core.common.bytes.BytesReference;
import org.opensearch.core.common.io.stream.StreamInput;
import org.opensearch.core.common.io.stream.StreamOutput;
import org.opensearch.threadpool.ThreadPool;
import org.opensearch.transport.TransportRequest;
import org.opensearch.transport.TransportService;

/**
 * Brings a ruleset to every node, or takes it away. Without a file it only asks who holds it, so
 * that the file travels where it is missing.
 */
public final class SpreadRuleset {
  public static final ActionType<Response> TYPE =
      new ActionType<>("cluster:admin/tripline/ruleset/spread", Response::new);

  private SpreadRuleset() {}

  /** What a node is to do with the ruleset. */
  public enum Verb {
    ASK,
    LOAD,
    DROP,
    /** What the node has resolved. */
    FORGET
  }

  public static final class Request extends BaseNodesRequest<Request> {
    private final Verb verb;
    private final String hash;
    private final BytesReference file;

    private Request(Verb verb, String hash, BytesReference file, String... nodes) {
      super(nodes);
      this.verb = verb;
      this.hash = hash;
      this.file = file;
    }

    /** Of all nodes. */
    public static Request ask(String hash) {
      return new Request(Verb.ASK, hash, BytesArray.EMPTY);
    }

    /** To these nodes, or to all if there are none. */
    public static Request load(String hash, byte[] file, String... nodes) {
      return new Request(Verb.LOAD, hash, new BytesArray(file), nodes);
    }

    /** A name means something else from now on, or nothing. */
    public static Request forget() {
      return new Request(Verb.FORGET, "", BytesArray.EMPTY);
    }

    public static Request drop(String hash) {
      return new Request(Verb.DROP, hash, BytesArray.EMPTY);
    }

    Request(StreamInput in) throws IOException {
      super(in);
      verb = in.readEnum(Verb.class);
      hash = in.readString();
      file = in.readBytesReference();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeEnum(verb);
      out.writeString(hash);
      out.writeBytesReference(file);
    }
  }

  /** The same request on its way to one node. */
  static final class NodeRequest extends TransportRequest {
    private final Request request;

    NodeRequest(Request request) {
      this.request = request;
    }

    NodeRequest(StreamInput in) throws IOException {
      super(in);
      request = new Request(in);
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      request.writeTo(out);
    }
  }

  public static final class NodeResponse extends BaseNodeResponse {
    private final boolean holds;

    NodeResponse(DiscoveryNode node, boolean holds) {
      super(node);
      this.holds = holds;
    }

    NodeResponse(StreamInput in) throws IOException {
      super(in);
      holds = in.readBoolean();
    }

    @Override
    public void writeTo(StreamOutput out) throws IOException {
      super.writeTo(out);
      out.writeBoolean(holds);
    }

    /** True if the node has the ruleset ready now. */
    public boolean holds() {
      return holds;
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

    /** The nodes that do not hold it. */
    public String[] lacking() {
      return getNodes().stream()
          .filter(node -> !node.holds())
          .map(node -> node.getNode().getId())
          .toArray(String[]::new);
    }
  }

  public static final class Transport
      extends TransportNodesAction<Request, Response, NodeRequest, NodeResponse> {
    private final RulesetRegistry registry;

    @Inject
    public Transport(
        ThreadPool threadPool,
        ClusterService clusterService,
        TransportService transportService,
        ActionFilters filters,
        RulesetRegistry registry) {
      super(
          TYPE.name(),
          threadPool,
          clusterService,
          transportService,
          filters,
          Request::new,
          NodeRequest::new,
          ThreadPool.Names.GENERIC,
          NodeResponse.class);
      this.registry = registry;
    }

    @Override
    protected Response newResponse(
        Request request, List<NodeResponse> nodes, List<FailedNodeException> failures) {
      return new Response(clusterService.getClusterName(), nodes, failures);
    }

    @Override
    protected NodeRequest newNodeRequest(Request request) {
      return new NodeRequest(request);
    }

    @Override
    protected NodeResponse newNodeResponse(StreamInput in) throws IOException {
      return new NodeResponse(in);
    }

    @Override
    protected NodeResponse nodeOperation(NodeRequest nodeRequest) {
      Request request = nodeRequest.request;
      switch (request.verb) {
        case ASK -> {}
        case LOAD -> registry.load(request.hash, BytesReference.toBytes(request.file));
        case DROP -> registry.drop(request.hash);
        case FORGET -> registry.forgetResolved();
      }
      return new NodeResponse(clusterService.localNode(), registry.holds(request.hash));
    }
  }
}
