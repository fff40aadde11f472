namespace Lr2vq.Generator;

/// <summary>The types that a class of one back end is made of. Both back ends have the same members.</summary>
internal sealed class BackendTypes
{
    private BackendTypes(string model, string session) => (Model, Session) = (model, session);

    /// <summary>What the run time itself computes.</summary>
    public static BackendTypes Managed { get; } = new("global::Lr2vq.Lr2vqModel", "global::Lr2vq.ModelSession");

    /// <summary>What ONNX Runtime computes.</summary>
    public static BackendTypes OnnxRuntime { get; } = new("global::Lr2vq.OnnxRuntime.OnnxRuntimeModel", "global::Lr2vq.OnnxRuntime.OnnxRuntimeSession");

    /// <summary>Base of the class.</summary>
    public string Model { get; }

    /// <summary>What it computes with.</summary>
    public string Session { get; }
}
