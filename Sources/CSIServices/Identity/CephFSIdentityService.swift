import CSI
import Volumes

/// CSI's Identity service (spec, "Identity Service RPC").
public struct CephFSIdentityService: IdentityService {
    private let driverName: String
    private let version: String
    private let offersController: Bool
    private let hasTopologies: @Sendable () -> Bool
    private let impairment: @Sendable () -> String?

    /// - Parameters:
    ///   - driverName: What Kubernetes knows the driver by.
    ///   - version: The plugin's version.
    ///   - offersController: Whether this process serves the Controller and GroupController services.
    ///   - hasTopologies: Whether the configuration says of any cluster that not every node reaches it.
    ///   - impairment: Why the process can't do its work at the moment; nil when it can. Must not block.
    public init(
        driverName: String,
        version: String,
        offersController: Bool,
        hasTopologies: @escaping @Sendable () -> Bool = { false },
        impairment: @escaping @Sendable () -> String?
    ) {
        self.driverName = driverName
        self.version = version
        self.offersController = offersController
        self.hasTopologies = hasTopologies
        self.impairment = impairment
    }

    /// Name and version.
    public func getPluginInfo(_ request: GetPluginInfoRequest) async throws -> GetPluginInfoResponse {
        GetPluginInfoResponse(name: driverName, vendorVersion: version)
    }

    /// The Controller and GroupController services, where this process serves them, and that volumes grow while they are
    /// mounted; and whether volumes have places.
    public func getPluginCapabilities(
        _ request: GetPluginCapabilitiesRequest
    ) async throws -> GetPluginCapabilitiesResponse {
        var services: [PluginCapability.Service.Kind] =
            offersController ? [.controllerService, .groupControllerService] : []
        if hasTopologies() { services.append(.volumeAccessibilityConstraints) }
        var offers = services.map { PluginCapability(type: .service(.init(type: $0))) }
        if offersController { offers.append(PluginCapability(type: .volumeExpansion(.init(type: .online)))) }
        return GetPluginCapabilitiesResponse(capabilities: offers)
    }

    /// Ready unless the process can't do its work: a library or program is missing (FAILED_PRECONDITION, the spec's "missing
    /// required dependency"), or nothing can move any more, because every worker has been stuck for minutes in a call that Ceph does not answer.
    public func probe(_ request: ProbeRequest) async throws -> ProbeResponse {
        if let reason = impairment() {
            throw VolumeError.preconditionFailed(reason)
        }
        return ProbeResponse(ready: true)
    }
}
