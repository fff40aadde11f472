using Lr2vq.Caching;

namespace Lr2vq.Tool.Work;

/// <summary>The remote cache that a command line or the environment names. A build names it by the environment, too.</summary>
internal static class RemoteCacheSource
{
    /// <param name="address">What the command line says; null for the environment's.</param>
    /// <returns>Null if there is none.</returns>
    /// <exception cref="Lr2vq.Diagnostics.DiagnosticException">The address is none.</exception>
    public static RemoteCache? Open(ToolContext context, string? address, bool isReadOnly)
    {
        address ??= context.Variable(RemoteCache.AddressVariable);
        return string.IsNullOrWhiteSpace(address) ? null : new RemoteCache(address, context.Variable(RemoteCache.AuthorizationVariable), !isReadOnly);
    }
}
