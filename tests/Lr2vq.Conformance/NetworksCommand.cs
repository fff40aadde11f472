namespace Lr2vq.Conformance;

internal sealed class NetworksCommand(string? only)
{
    public bool Run(string? json) => only is null && json is null;
}
