using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Lr2vq.Calibration;
using Lr2vq.Testing;

namespace Lr2vq.Accuracy;

/// <summary>A network whose answers are counted.</summary>
internal abstract record NetworkCase(string File)
{
    private static readonly double[] s_ratios = [6, 7, 8, 10, 12, 14, 16, 20, 24, 32, 40, 48];
    private const string FiveMinutes = "FineTune=EndToEnd;TimeLimit=00:05:00";
    private const double FarthestRate = 12, FarthestWithoutData = 20;

    /// <summary>The rows of the table.</summary>
    public IReadOnlyList<TableSetting> Settings { get; init; } = [];

    /// <summary>Rows of single methods, after those.</summary>
    public IReadOnlyList<TableSetting> MethodSettings { get; init; } = [];

    /// <summary>Rows that are trained after the compression, each beside the one without. They depend on the machine: a training ends with its time.</summary>
    public IReadOnlyList<TableSetting> FineTuneSettings { get; init; } = [];

    /// <summary>Ratios for a chart: as far as the table goes, and at least to 12; without data and with it. They promise nothing.</summary>
    public IReadOnlyList<TableSetting> RateSettings
    {
        get
        {
            double[] aims = [.. Settings.Where(s => s.Options.StartsWith("TargetRatio", StringComparison.Ordinal)).Select(s => s.LeastRatio!.Value)];
            if (aims.Length == 0) return [];
            double[] ratios = [.. s_ratios.Where(r => r <= Math.Max(FarthestRate, aims.Max()))];
            IEnumerable<TableSetting> rows = [.. ratios.Where(r => r <= FarthestWithoutData).Select(r => TableSetting.Ratio(r, calibrated: false)), .. ratios.Select(r => TableSetting.Ratio(r, calibrated: true))];
            // The table has its own rows.
            return [.. rows.Where(row => !Settings.Any(s => (s.Options, s.Calibrated) == (row.Options, row.Calibrated))).Select(row => row with { LeastRatio = null })];
        }
    }

    /// <summary>The middle one of the calibrated ratios with each part of calibration alone, with all but one, with none and with all.</summary>
    public IReadOnlyList<TableSetting> AblationSettings
    {
        get
        {
            TableSetting[] calibrated = [.. Settings.Where(s => s.Calibrated)];
            if (calibrated.Length == 0) return [];
            TableSetting chosen = TableSetting.Ratio(calibrated[calibrated.Length / 2].LeastRatio!.Value, calibrated: true) with { LeastRatio = null };
            CalibrationParts[] parts = [.. Enum.GetValues<CalibrationParts>().Where(p => p is not (CalibrationParts.None or CalibrationParts.All))];
            // Refinement and softening are parts of the allocation, steps of columns part of the feedback, asymmetry of feedback and biases.
            CalibrationParts[] alone = [.. parts.Where(p => p is not (CalibrationParts.Refinement or CalibrationParts.Softening or CalibrationParts.ColumnSteps or CalibrationParts.Asymmetry))];
            return [.. alone.Prepend(CalibrationParts.None).Concat(parts.Select(p => CalibrationParts.All & ~p)).Append(CalibrationParts.All).Select(p => chosen with { Parts = p })];
        }
    }

    /// <summary>Right answers of fp32 that our own dense result must equal; null where the original's answers are the right ones.</summary>
    public virtual int? Fp32Correct => null;

    /// <summary>Answers are lines of text.</summary>
    public virtual bool ReadsLines => false;

    /// <summary>Unlabelled data to calibrate with.</summary>
    public abstract CalibrationInputs Calibration { get; }

    /// <summary>The same with another number of samples.</summary>
    public virtual CalibrationInputs CalibrationWith(int samples) => throw new NotSupportedException($"{File} has no other calibration data");

    /// <summary>Runs an artifact over everything that counts.</summary>
    /// <exception cref="IOException">The data is not there.</exception>
    public abstract Measurement Measure(string artifact);

    public static IReadOnlyList<NetworkCase> All { get; } =
    [
        new PictureCase("mobilenet_v2_1.0_224.onnx", PictureSet.ImageNet, TensorFlowRange: true, LabelOffset: 1, Expected: 320)
        {
            // At 12x 2.25 points are lost without.
            FineTuneSettings = [.. TableSetting.Tuned("TargetRatio=10.7", "FineTune=Blocks", mostLost: 2), .. TableSetting.Tuned("TargetRatio=12", "FineTune=Blocks", mostLost: 2)],
            MethodSettings = TableSetting.Methods,
            Settings =
            [
                TableSetting.Fast, TableSetting.Balanced with { Least = 318, LeastRatio = 5.5 }, TableSetting.Tiny, TableSetting.Ratio(8, calibrated: false),
                TableSetting.Ratio(8, calibrated: true) with { MostLost = 0.5, MostKl = 0.03 }, TableSetting.Ratio(10, calibrated: true) with { MostLost = 1.5, MostKl = 0.09 },
                TableSetting.Ratio(12, calibrated: true) with { MostLost = 4, MostKl = 0.25 },
            ],
        },
        new PictureCase("squeezenet1_1.onnx", PictureSet.ImageNet, TensorFlowRange: false, LabelOffset: 0, Expected: 289)
        {
            Settings =
            [
                TableSetting.Fast, TableSetting.Balanced with { Least = 286, LeastRatio = 5.5 }, TableSetting.Tiny, TableSetting.Ratio(8, calibrated: false),
                TableSetting.Ratio(8, calibrated: true) with { MostLost = 0.5, MostKl = 0.015 }, TableSetting.Ratio(12, calibrated: true) with { MostLost = 1.5, MostKl = 0.08 },
                TableSetting.Ratio(16, calibrated: true) with { MostLost = 6, MostKl = 0.27 },
            ],
        },
        new PictureCase("mobilenet_v1_0.25_224.onnx", PictureSet.ImageNet, TensorFlowRange: true, LabelOffset: 0, Expected: 262)
        {
            Settings = [TableSetting.Fast, TableSetting.Balanced with { MostLost = 1.5 }, TableSetting.Tiny, TableSetting.Ratio(6, calibrated: false), TableSetting.Ratio(6, calibrated: true) with { MostLost = 2.5 }],
        },
        new PictureCase("cifar10-resnet20.onnx", PictureSet.Cifar, TensorFlowRange: false, LabelOffset: 0, Expected: 8103)
        {
            Settings =
            [
                TableSetting.Fast, TableSetting.Balanced with { Least = 8070 }, TableSetting.Tiny,
                TableSetting.Ratio(8, calibrated: false) with { MostLost = 1 }, TableSetting.Ratio(12, calibrated: false) with { MostLost = 4 },
                TableSetting.Ratio(12, calibrated: true) with { MostLost = 0.5 }, TableSetting.Ratio(16, calibrated: true) with { MostLost = 1.2 },
                TableSetting.Ratio(20, calibrated: true) with { MostLost = 5 },
            ],
        },
        new PictureCase("cifar10j-resnet20.onnx", PictureSet.Cifar, TensorFlowRange: false, LabelOffset: 0, Expected: 8801)
        {
            MethodSettings = TableSetting.Methods,
            FineTuneSettings =
            [
                .. TableSetting.Tuned("Preset=Lr2vq;TargetRatio=24", FiveMinutes, mostLost: null, samples: 512),
                .. TableSetting.Tuned("Preset=Lr2vq;TargetRatio=24;D=m", FiveMinutes, mostLost: null, samples: 512),
            ],
            Settings = [TableSetting.Fast, TableSetting.Balanced, TableSetting.Tiny],
        },
        new PictureCase("cifar10-resnet18.onnx", PictureSet.Cifar, TensorFlowRange: false, LabelOffset: 0, Expected: 8521)
        {
            MethodSettings = TableSetting.Methods,
            FineTuneSettings =
            [
                .. TableSetting.Tuned("TargetRatio=43", FiveMinutes, mostLost: 3, samples: 2560),
                .. TableSetting.Tuned("Preset=Lr2vq;TargetRatio=43", FiveMinutes, mostLost: null, samples: 2560),
            ],
            Settings =
            [
                TableSetting.Fast, TableSetting.Balanced with { Least = 8500 }, TableSetting.Tiny, TableSetting.Ratio(12, calibrated: false) with { MostLost = 0.6 },
                TableSetting.Ratio(24, calibrated: true) with { MostLost = 0.7 }, TableSetting.Ratio(32, calibrated: true) with { MostLost = 1 },
                TableSetting.Ratio(48, calibrated: true) with { MostLost = 3 },
            ],
        },
        new LineCase("ch_PP-OCRv4_rec_infer.onnx")
        {
            Settings =
            [
                TableSetting.Balanced, TableSetting.Ratio(7, calibrated: false) with { Least = 19 }, TableSetting.Ratio(9, calibrated: true) with { Least = 20 },
                TableSetting.Ratio(12, calibrated: true) with { Least = 18 },
            ],
        },
    ];
}
