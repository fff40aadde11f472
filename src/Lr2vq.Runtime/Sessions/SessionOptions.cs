using System;

namespace Lr2vq;

/// <summary>How a model is loaded and how its sessions work.</summary>
public sealed class SessionOptions
{
    private int _cachedShapes = 4;

    /// <summary>Verify the hash of every section when the artifact is opened; true by default. It costs one pass over the file, a few
    /// milliseconds for a megabyte-sized artifact. The structure is checked in any case.</summary>
    public bool VerifyHashes { get; set; } = true;

    /// <summary>For how many distinct input shapes a session keeps its preparations; 4 by default, at least 1. Only models with symbolic
    /// dimensions have more than one.</summary>
    public int CachedShapes
    {
        get => _cachedShapes;
        set
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(value, 1);
            _cachedShapes = value;
        }
    }
}
