using System.Linq;
using Modules = TorchSharp.Modules;
using static TorchSharp.torch;

namespace Lr2vq.Accuracy;

/// <summary>The ResNet-20 of the data folder as one writes it in TorchSharp: what a step of ours is compared with.</summary>
internal sealed class PlainResNet20 : nn.Module<Tensor, Tensor>
{
    private const int Stages = 3, Blocks = 3, Width = 16, Classes = 10;

    private readonly Modules.Conv2d _first = Conv(3, Width, 1);
    private readonly Modules.BatchNorm2d _firstNorm = nn.BatchNorm2d(Width);
    private readonly Modules.ModuleList<PlainBlock> _blocks;
    private readonly Modules.Linear _last = nn.Linear(Width << (Stages - 1), Classes);

    public PlainResNet20() : base(nameof(PlainResNet20))
    {
        _blocks = new Modules.ModuleList<PlainBlock>([.. Enumerable.Range(0, Stages * Blocks).Select(i =>
        {
            int outputs = Width << (i / Blocks);
            bool narrows = i > 0 && i % Blocks == 0;
            return new PlainBlock(narrows ? outputs / 2 : outputs, outputs, narrows ? 2 : 1);
        })]);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x)
    {
        Tensor y = nn.functional.relu(_firstNorm.forward(_first.forward(x)));
        foreach (PlainBlock block in _blocks) y = block.forward(y);
        return _last.forward(y.mean([2L, 3L]));
    }

    private static Modules.Conv2d Conv(int inputs, int outputs, int stride) => nn.Conv2d(inputs, outputs, 3, stride: stride, padding: 1, bias: false);

    /// <summary>Two convolutions beside a shortcut, which fills up channels with zeros where there are more.</summary>
    private sealed class PlainBlock : nn.Module<Tensor, Tensor>
    {
        private readonly Modules.Conv2d _one, _two;
        private readonly Modules.BatchNorm2d _oneNorm, _twoNorm;
        private readonly int _more, _stride;

        public PlainBlock(int inputs, int outputs, int stride) : base(nameof(PlainBlock))
        {
            (_more, _stride) = ((outputs - inputs) / 2, stride);
            (_one, _oneNorm, _two, _twoNorm) = (Conv(inputs, outputs, stride), nn.BatchNorm2d(outputs), Conv(outputs, outputs, 1), nn.BatchNorm2d(outputs));
            RegisterComponents();
        }

        public override Tensor forward(Tensor x)
        {
            Tensor y = _twoNorm.forward(_two.forward(nn.functional.relu(_oneNorm.forward(_one.forward(x)))));
            Tensor shortcut = _stride == 1 ? x : nn.functional.pad(x.slice(2, 0, long.MaxValue, _stride).slice(3, 0, long.MaxValue, _stride), [0, 0, 0, 0, _more, _more]);
            return nn.functional.relu(y + shortcut);
        }
    }
}
