namespace Lr2vq.Artifacts;

/// <summary>What keeps an artifact larger than its weights alone need: an output that changed too much.</summary>
/// <param name="Output">Place of the output.</param>
/// <param name="Bytes">Of the artifact that heeds the weights alone.</param>
internal sealed record HeldSize(int Output, long Bytes);
