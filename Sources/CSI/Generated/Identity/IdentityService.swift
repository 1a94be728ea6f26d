// Generated from proto/csi.proto by scripts/generate; do not edit.

/// Who the plugin is, what it offers and whether it is ready. Every role serves it.
public protocol IdentityService: Sendable {
    /// Name and version of the plugin.
    func getPluginInfo(_ request: GetPluginInfoRequest) async throws -> GetPluginInfoResponse

    /// Which services and which kinds of expansion the plugin offers.
    func getPluginCapabilities(_ request: GetPluginCapabilitiesRequest) async throws -> GetPluginCapabilitiesResponse

    /// Health and readiness. An error means unhealthy: the orchestrator may restart the plugin.
    func probe(_ request: ProbeRequest) async throws -> ProbeResponse
}

extension IdentityService {
    /// Throws ``UnimplementedMethod``.
    public func getPluginInfo(_: GetPluginInfoRequest) async throws -> GetPluginInfoResponse {
        throw UnimplementedMethod(path: "/csi.v1.Identity/GetPluginInfo")
    }

    /// Throws ``UnimplementedMethod``.
    public func getPluginCapabilities(_: GetPluginCapabilitiesRequest) async throws -> GetPluginCapabilitiesResponse {
        throw UnimplementedMethod(path: "/csi.v1.Identity/GetPluginCapabilities")
    }

    /// Throws ``UnimplementedMethod``.
    public func probe(_: ProbeRequest) async throws -> ProbeResponse {
        throw UnimplementedMethod(path: "/csi.v1.Identity/Probe")
    }

    /// Every method of the service, to be registered with a server.
    public var methods: [CSIMethod] {
        [
            CSIMethod("/csi.v1.Identity/GetPluginInfo", getPluginInfo),
            CSIMethod("/csi.v1.Identity/GetPluginCapabilities", getPluginCapabilities),
            CSIMethod("/csi.v1.Identity/Probe", probe),
        ]
    }
}
