using System;

namespace Lr2vq.Evaluation;

/// <summary>How sessions run on inputs that nobody gave. Those cost a hostile model nothing, so they allow for less memory than what an app hands over, and a build holds
/// several such sessions and their outputs at once.</summary>
internal sealed class UnaskedOptions : SessionOptions
{
    private const long Least = 128L << 20, OfWeights = 1024, OfInputs = 64;

    internal override long MemoryFor(long artifactBytes, long inputBytes) =>
        (long)Math.Min((decimal)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, Least + (decimal)OfWeights * artifactBytes + (decimal)OfInputs * inputBytes);
}
