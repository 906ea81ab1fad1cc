//! `results.svg`: commands per second by the number of callers, on a fast and on a slow disk.

use anyhow::anyhow;
use bench_harness::{Case, Kind};
use plotters::{coord::Shift, prelude::*};

use super::Key;
use crate::{command::root, numbers::count};

type Results = crate::results::Results<Key>;

const SIZE: (u32, u32) = (1400, 560);
/// What the names of the lines take, beside each panel.
const NAMES: i32 = 180;

/// Peers have these, in the order in which they were first measured.
const COLOURS: [RGBColor; 7] = [
    RGBColor(214, 96, 77),
    RGBColor(146, 107, 178),
    RGBColor(77, 146, 33),
    RGBColor(191, 129, 45),
    RGBColor(0, 133, 133),
    RGBColor(197, 27, 125),
    RGBColor(110, 110, 60),
];

/// Draws it anew.
pub(crate) fn write(results: &Results) -> anyhow::Result<()> {
    let file = root().join("results.svg");
    let canvas = SVGBackend::new(&file, SIZE).into_drawing_area();
    let drawn = canvas.fill(&WHITE).map_err(|error| anyhow!("{error}"));
    drawn?;
    let (left, right) = canvas.split_horizontally(SIZE.0 / 2);
    for (panel, case, title) in
        [(left, Case::A, "a flush as fast as the disk"), (right, Case::G, "a flush of 1 ms")]
    {
        draw(&panel, results, case, title).map_err(|error| anyhow!("{error}"))?;
    }
    canvas.present().map_err(|error| anyhow!("{error}"))
}

/// A line of a panel.
struct Line {
    name: String,
    style: ShapeStyle,
    points: Vec<(f64, f64)>,
}

type Panel<'p> = DrawingArea<SVGBackend<'p>, Shift>;

fn draw(
    panel: &Panel<'_>,
    results: &Results,
    case: Case,
    title: &str,
) -> Result<(), Box<dyn std::error::Error>> {
    let lines = lines(results, case);
    let rates = || lines.iter().flat_map(|line| line.points.iter().map(|(_, rate)| *rate));
    let (lowest, highest) = (rates().fold(f64::INFINITY, f64::min), rates().fold(0.0, f64::max));
    if lines.is_empty() {
        return Ok(());
    }
    let mut chart = ChartBuilder::on(panel)
        .caption(format!("{case}: commands per second, {title}"), ("sans-serif", 18))
        .margin(12)
        .x_label_area_size(40)
        .y_label_area_size(70)
        .margin_right(NAMES)
        .build_cartesian_2d((0.8_f64..320.0).log_scale(), (lowest * 0.7..highest * 1.6).log_scale())?;
    chart
        .configure_mesh()
        .x_desc("callers")
        .x_label_formatter(&|callers| format!("{callers:.0}"))
        .y_label_formatter(&|rate| count(*rate))
        .light_line_style(WHITE)
        .draw()?;
    let (x, mut y) = (i32::try_from(panel.dim_in_pixel().0)? - NAMES + 12, 50);
    for Line { name, style, points } in lines {
        chart.draw_series(LineSeries::new(points, style).point_size(3))?;
        panel.draw(&PathElement::new([(x, y), (x + 20, y)], style))?;
        panel.draw(&Text::new(name, (x + 28, y - 6), ("sans-serif", 13)))?;
        y += 18;
    }
    Ok(())
}

/// Freehold thick, what is done by hand in grey, peers in colours.
fn lines(results: &Results, case: Case) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let (mut peers, mut limits) = (COLOURS.iter().cycle(), 0_u8);
    for (variant, _) in &results.contenders {
        let cells = results.cells.iter().filter(|cell| {
            (cell.key.database.as_str(), cell.key.case) == ("postgres", case)
                && cell.key.contender == variant.name
        });
        #[expect(clippy::cast_precision_loss, reason = "a place in a chart")]
        let points = cells.filter_map(|cell| Some((cell.key.callers as f64, cell.rates()?.0)));
        let mut points: Vec<_> = points.collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let style = match variant.kind {
            Kind::Own if lines.iter().any(|line| line.name == "freehold") => BLUE.mix(0.5).stroke_width(2),
            Kind::Own => BLUE.stroke_width(4),
            Kind::Limit => {
                limits += 1;
                RGBColor(60 + limits * 35, 60 + limits * 35, 60 + limits * 35).stroke_width(2)
            }
            Kind::Peer => peers.next().unwrap_or(&BLACK).stroke_width(2),
        };
        if !points.is_empty() {
            lines.push(Line { name: variant.name.clone(), style, points });
        }
    }
    lines
}
