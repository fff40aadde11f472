using System;
using Lr2vq.Kernels;
using Lr2vq.Plans;

namespace Lr2vq.Operators;

/// <summary>The activation that an elementwise step applies to its result (attributes act, actp).</summary>
internal readonly struct FollowingActivation
{
    private readonly string? _name;
    private readonly float _a, _b;

    private FollowingActivation(string? name, float a, float b) => (_name, _a, _b) = (name, a, b);

    public static FollowingActivation Read(StepAttributes attributes)
    {
        string? name = attributes.Find("act");
        if (name is not (null or "relu" or "clip" or "hardswish" or "hardsigmoid" or "sigmoid" or "silu" or "leakyrelu"))
            throw new FormatException($"Activation '{name}' is not known.");
        float[] parameters = attributes.Floats("actp");
        return new(name, parameters.Length > 0 ? parameters[0] : 0f, parameters.Length > 1 ? parameters[1] : 0f);
    }

    public bool IsNone => _name is null;

    public bool IsRelu => _name == "relu";

    /// <summary>Applies it in place.</summary>
    public void Apply(in TensorView y, ThreadTeam? team)
    {
        switch (_name)
        {
            case "relu": Elementwise.Map(y, y, team, default(Relu.Kernel)); break;
            case "clip": Elementwise.Map(y, y, team, new Clip.Kernel(_a, _b)); break;
            case "hardswish": Elementwise.Map(y, y, team, default(HardSwish.Kernel)); break;
            case "hardsigmoid": Elementwise.Map(y, y, team, new HardSigmoid.Kernel(_a, _b)); break;
            case "sigmoid": Elementwise.Map(y, y, team, default(Sigmoid.Kernel)); break;
            case "silu": Elementwise.Map(y, y, team, new Swish.Kernel(1f)); break;
            case "leakyrelu": Elementwise.Map(y, y, team, new LeakyRelu.Kernel(_a)); break;
            default: break;
        }
    }
}
