namespace Lr2vq.Generator;

/// <summary>The types that a class of one back end is made of. Both back ends have the same members.</summary>
internal sealed class BackendTypes
{
    private BackendTypes(string model, string session, string options) => (Model, Session, Options) = (model, session, options);

    /// <summary>What the run time itself computes.</summary>
    public static BackendTypes Managed { get; } = new("global::Lr2vq.Lr2vqModel", "global::Lr2vq.ModelSession", "global::Lr2vq.SessionOptions");

    /// <summary>What ONNX Runtime computes.</summary>
    public static BackendTypes OnnxRuntime { get; } = new("global::Lr2vq.OnnxRuntime.OnnxRuntimeModel", "global::Lr2vq.OnnxRuntime.OnnxRuntimeSession",
        "global::Lr2vq.OnnxRuntime.OnnxRuntimeOptions");

    /// <summary>Base of the class.</summary>
    public string Model { get; }

    /// <summary>What it computes with.</summary>
    public string Session { get; }

    /// <summary>What <c>Create</c> and <c>Load</c> take.</summary>
    public string Options { get; }
}
