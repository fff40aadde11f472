namespace Lr2vq.Diagnostics;

/// <summary>LR2VQ61xx: the cache of artifacts.</summary>
internal static partial class DiagnosticCatalogue
{
    public static readonly DiagnosticDefinition CacheUnusable = new("LR2VQ6101", DiagnosticSeverity.Warning,
        "The cache in '{0}' cannot be used: {1}", "The model was compressed without it; Lr2vqCacheDirectory or --cache-directory names another folder");

    public static readonly DiagnosticDefinition CacheRequired = new("LR2VQ6102", DiagnosticSeverity.Error,
        "The artifact of '{0}' is not in the cache '{1}', and this build must not compress", "Build once where it may compress, or unset Lr2vqRequireCache");

    public static readonly DiagnosticDefinition CacheEntryDamaged = new("LR2VQ6103", DiagnosticSeverity.Warning,
        "The cache's entry {0} is damaged or was changed, and is not used: {1}", "The model is compressed again");

    public static readonly DiagnosticDefinition RemoteCacheUnusable = new("LR2VQ6104", DiagnosticSeverity.Info,
        "The remote cache {0} is not used: {1}", "The build goes on without it; Lr2vqRemoteCache or --remote-cache names another, Lr2vqRemoteCacheReadOnly=true only reads");

    public static readonly DiagnosticDefinition RemoteEntryRefused = new("LR2VQ6105", DiagnosticSeverity.Warning,
        "The entry {0} of the remote cache {1} is not used: {2}", "The model is compressed here, and the entry replaced if the cache may be written to; if this comes again, look at who writes to the cache");

    /// <summary>The address is not repeated: it may hold a password.</summary>
    public static readonly DiagnosticDefinition RemoteCacheAddressInvalid = new("LR2VQ6106", DiagnosticSeverity.Error,
        "The address of the remote cache is not understood", "It is http:// or https:// with a host and a path, such as https://cache.example.com/lr2vq; LR2VQ_REMOTE_CACHE_AUTHORIZATION is one line such as Bearer TOKEN");
}
